"""What must hold of alphas at any moment; `verify` asks. Each part declares its own checks."""

import alpha.verifying_checks
import alpha.verifying_said  # noqa: F401
