"""What a session showed, for people: figures, annotated video, findings in words, the report."""
