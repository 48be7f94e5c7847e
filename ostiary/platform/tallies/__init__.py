"""What many processes count together, in a folder that outlives none of them."""
