"""What calls used: sums of hours where there are any, log rows for the rest."""
