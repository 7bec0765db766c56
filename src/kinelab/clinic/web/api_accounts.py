"""Who may come in: logins, accounts, care teams, audit, as one router."""

from __future__ import annotations

from fastapi import APIRouter

from kinelab.clinic.web import api_login, api_oidc, api_team, api_users

router = APIRouter(prefix="/api/v1")
for _part in (api_login, api_oidc, api_users, api_team):
    router.include_router(_part.router)
