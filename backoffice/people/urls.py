"""The addresses of logging in and of the profile. Names with account_ and mfa_ are those that allauth asks for."""

from django.urls import path, re_path

from backoffice.people import home, invitation, login, profile, second_factor

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", login.Login.as_view(), name="account_login"),
    path("login/code/", login.SecondStep.as_view(), name="mfa_authenticate"),
    path("login/again/", profile.prove_again, name="account_reauthenticate"),
    path("login/reset/", login.AskReset.as_view(), name="account_reset_password"),
    path("login/reset/sent/", login.reset_sent, name="account_reset_password_done"),
    re_path(
        r"^login/reset/(?P<uidb36>[0-9A-Za-z]{1,13})-(?P<key>[0-9A-Za-z-]{1,100})/$",
        login.DoReset.as_view(),
        name="account_reset_password_from_key",
    ),
    path("login/invitation/<str:token>/", invitation.invitation, name="invitation"),
    path("language/", login.language, name="language"),
    path("logout/", login.logout, name="account_logout"),
    path("profile/", profile.profile, name="profile"),
    path("profile/theme/", profile.appearance, name="appearance"),
    path("profile/password/", profile.password, name="account_change_password"),
    path("profile/sessions/", profile.session_list, name="sessions"),
    path("profile/sessions/<int:session>/end/", profile.session_end, name="session_end"),
    path("profile/second-factor/", second_factor.second_factor, name="mfa_index"),
    path("profile/second-factor/new/", second_factor.activate, name="mfa_activate_totp"),
    path("profile/second-factor/remove/", second_factor.deactivate, name="mfa_deactivate_totp"),
    path("profile/second-factor/codes/", second_factor.codes, name="mfa_view_recovery_codes"),
    path("profile/second-factor/codes/new/", second_factor.new_codes, name="mfa_generate_recovery_codes"),
]
