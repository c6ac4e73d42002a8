"""What authentication costs a whole request: the sites that are compared, and how."""
