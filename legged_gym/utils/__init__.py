"""What everything may use: errors, mathematics, seeding, paths and output files."""
