"""How fast oplift is, against torch.func."""
