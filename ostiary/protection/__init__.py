"""Is somebody guessing?"""
