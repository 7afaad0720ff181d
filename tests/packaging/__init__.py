"""The engines, the supervisor, the make targets and the images, mostly as real processes."""
