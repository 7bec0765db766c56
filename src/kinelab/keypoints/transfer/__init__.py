"""Networks of one's own from a few labelled frames, by transfer from a pretrained backbone."""
