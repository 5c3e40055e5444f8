"""stub"""
def reference(base: str) -> dict: return {}
