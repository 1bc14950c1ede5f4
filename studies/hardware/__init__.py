"""What a robot's hardware does to a policy: targets that come late, and feet that resist turning."""
