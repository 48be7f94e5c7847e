"""May they come in, and are they still in?"""
