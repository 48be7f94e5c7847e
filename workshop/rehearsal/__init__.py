"""What every drill needs: a stack, people who use it, somebody who looks, and a report."""
