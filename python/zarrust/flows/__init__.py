"""What opening, creating, listing and consolidating mean: generators without I/O, and the drivers that run them."""
