"""What the doctor looks at: this machine, the packages, drawing, and how fast it trains here."""
