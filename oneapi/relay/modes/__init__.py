"""What differs by endpoint: reading the body, the estimate, the charge."""
