"""How a model is trained: units of loss, batch sizes, learning rates, and the laws that set them."""
