"""What the gateway costs beside a floor: a bare pass-through with the same client library."""
