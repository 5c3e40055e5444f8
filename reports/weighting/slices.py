def part(ground):
    return {}
