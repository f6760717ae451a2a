"""The operators: one YAML file a family, the helpers of its formulas beside it, and what is generated from it."""
