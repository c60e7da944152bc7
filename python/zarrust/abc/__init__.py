"""What users may subclass."""
