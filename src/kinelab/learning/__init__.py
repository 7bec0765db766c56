"""What all trained estimators share: networks as plain data, their ONNX graphs, their weight files."""
