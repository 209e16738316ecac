"""Small questions about drafts, and the refusals that follow."""

from __future__ import annotations

from lending.domain.errors import NotFoundError, RefusedError
from lending.domain.policy import Parameter, Policy
from lending.domain.policy_changes import SHARED
from lending.draft_ports import DraftRow


def parameter(policy: Policy, path: str) -> Parameter:
    """The figure of a path. Raises NotFoundError."""
    product, _, name = path.partition(".")
    own = policy.parameters if product == SHARED else policy.product(product).parameters
    if name not in own:
        raise NotFoundError(f"the policy has no figure {path}", code="not_found", field=path, found=path,
                            expected="a figure in force", do="Write a new draft.")  # fmt: skip
    return own[name]


def same(one: str, other: str) -> bool:
    """Whether two user names are one person's."""
    return one.strip().casefold() == other.strip().casefold()


def wrong_state(row: DraftRow, expected: str, do: str) -> RefusedError:
    """What was asked does not go with the draft's state."""
    return RefusedError(f"the draft is {row.state}", code="lab_state", field="state", found=row.state,
                        expected=expected, do=do)  # fmt: skip


def changed_since(row: DraftRow, seen: int) -> RefusedError:
    """Somebody was quicker."""
    return RefusedError(
        f"the draft is at version {row.version} now, you have seen {seen}", code="version_conflict", field="version",
        found=str(row.version), expected=str(seen), do="Open it again and look at what changed.",
    )  # fmt: skip
