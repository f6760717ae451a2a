"""PyTorch's own operator database as a test of every transform: what it covers, and that it never covers less."""
