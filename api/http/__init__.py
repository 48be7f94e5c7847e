"""How every route reads requests, answers them, and refuses them."""
