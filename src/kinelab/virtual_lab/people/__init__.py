"""Virtual people: bodies with shape, skin and clothes, hung on the own skeletal model."""
