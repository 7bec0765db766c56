"""What follows the networks: bringing them, gyroscopes and gravity together, the published way and ours."""
