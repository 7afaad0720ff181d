"""The addresses of the settings."""

from django.urls import path

from backoffice.administration import accounts, alerts, index, logs, people, shop

urlpatterns = [
    path("settings/", index.index, name="settings"),
    path("settings/alerts/", alerts.open_alerts, name="settings-alerts"),
    path("audit/", logs.audit, name="audit"),
    path("settings/logs/", logs.logs, name="settings-logs"),
    path("settings/shop/", shop.overview, name="settings-shop"),
    path("settings/shop/<slug:section>/", shop.section, name="settings-shop-section"),
    path("settings/users/", people.people, name="settings-users"),
    path("settings/users/roles/", people.rights_of_roles, name="settings-roles"),
    path("settings/users/invite/", people.invite, name="settings-invite"),
    path("settings/users/<int:pk>/", people.person, name="settings-user"),
    path("settings/accounts/", accounts.accounts, name="settings-accounts"),
    path("settings/accounts/add/", accounts.add, name="settings-account-add"),
    path("settings/accounts/<slug:slug>/", accounts.account, name="settings-account"),
    path("settings/accounts/<slug:slug>/test/", accounts.test, name="settings-account-test"),
]
