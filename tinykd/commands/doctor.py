"""``tinykd doctor``: what this machine has, and how to get the rest."""

from __future__ import annotations

from typing import Annotated

import typer


def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Show what is installed, missing, and how to get it.

    Exit 1 when something is missing that `make kws` needs.
    """
    from tinykd.doctor import examine, healthy

    findings = examine()
    if as_json:
        import json
        from dataclasses import asdict

        typer.echo(
            json.dumps(
                {"healthy": healthy(findings), "findings": [asdict(finding) for finding in findings]},
                indent=2,
            )
        )
    else:
        name_width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = "ok     " if finding.present else ("MISSING" if finding.needed else "absent ")
            typer.echo(f"{mark}  {finding.name:<{name_width}}  {finding.detail}".rstrip())
            if not finding.present:
                typer.echo(f"{'':9}{'':{name_width}}  {finding.remedy}")
    if not healthy(findings):
        raise typer.Exit(1)
