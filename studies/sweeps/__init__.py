"""The same experiment at many parameters, and what is made of the results."""
