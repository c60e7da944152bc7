"""The functions of the package, synchronous and asynchronous."""
