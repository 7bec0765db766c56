"""A labelling project: videos, chosen frames, landmarks, and what people put on them."""
