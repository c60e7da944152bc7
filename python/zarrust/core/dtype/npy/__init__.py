"""The data types of numpy, family by family; all of them are in `zarrust.dtype`."""
