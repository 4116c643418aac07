"""What is done in the worker processes: plain functions of plain data. None of them touches the database."""
