"""Was the promise kept?"""
