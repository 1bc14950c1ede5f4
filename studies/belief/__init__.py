"""The evaluation of a teacher, its student with a belief encoder, and the students it is compared with."""
