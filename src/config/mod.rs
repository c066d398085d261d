//! Files of the user and of the program, and the structs they become.
