"""Is something wrong?"""
