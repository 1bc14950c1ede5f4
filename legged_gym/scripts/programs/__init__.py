"""What programs do once their flags are read: it takes seconds to import what they need."""
