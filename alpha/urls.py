from django.urls import URLPattern, URLResolver, path

from alpha.views import (
    chatting,
    checking,
    covering,
    feedback,
    flags,
    places,
    programmes,
    promoting,
    reading,
    volunteers,
)

chat = [
    path("p/<slug:slug>/chat/", places.chat_home, name="chat_home"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/", chatting.chat, name="chat"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/turns/<uuid:message>/", chatting.chat_turn, name="chat_turn"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/say/", chatting.chat_say, name="chat_say"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/stop/", chatting.chat_stop, name="chat_stop"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/again/", chatting.chat_again, name="chat_again"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/go-on/", chatting.chat_go_on, name="chat_go_on"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/end/", chatting.chat_end, name="chat_end"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/thumb/", feedback.chat_thumb, name="chat_thumb"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/labels/", feedback.chat_labels, name="chat_labels"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/felt-off/", feedback.chat_felt_off, name="chat_felt_off"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/choice/", feedback.chat_choice, name="chat_choice"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/form/", feedback.chat_form, name="chat_form"),
    path("p/<slug:slug>/chat/c/<uuid:pk>/report/", feedback.chat_report, name="chat_report"),
    path("p/<slug:slug>/chat/<slug:key>/", places.chat_programme, name="chat_programme"),
    path("p/<slug:slug>/chat/<slug:key>/agree/", places.chat_agree, name="chat_agree"),
    path("p/<slug:slug>/chat/<slug:key>/begin/", places.chat_begin, name="chat_begin"),
    path("p/<slug:slug>/chat/<slug:key>/data/", places.chat_data, name="chat_data"),
    path("p/<slug:slug>/chat/<slug:key>/data/download/", places.chat_download, name="chat_download"),
    path("p/<slug:slug>/chat/<slug:key>/leave/", places.chat_leave, name="chat_leave"),
    path("p/<slug:slug>/chat/<slug:key>/data/delete/", places.chat_delete, name="chat_delete"),
]
checks = [
    path("p/<slug:slug>/checks/", checking.check_list, name="check_list"),
    path("p/<slug:slug>/checks/<uuid:pk>/", checking.check_detail, name="check_detail"),
    path("p/<slug:slug>/checks/<uuid:pk>/start/", checking.check_start, name="check_start"),
    path("p/<slug:slug>/checks/<uuid:pk>/decline/", checking.check_decline, name="check_decline"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/", covering.check_grid, name="check_grid"),
    path("p/<slug:slug>/alpha/<slug:key>/checks/<uuid:pk>/withdraw/", covering.check_withdraw, name="check_withdraw"),
]

_reading: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/alpha/<slug:key>/", reading.programme_detail, name="programme_detail"),
    path("p/<slug:slug>/alpha/<slug:key>/programme.json", reading.programme_body, name="programme_body"),
    path(
        "p/<slug:slug>/alpha/<slug:key>/data/<slug:picture>.<str:kind>",
        reading.programme_picture,
        name="programme_picture",
    ),
    path("p/<slug:slug>/alpha/<slug:key>/inbox/", flags.flag_list, name="flag_list"),
    path("p/<slug:slug>/alpha/<slug:key>/inbox/<uuid:pk>/", flags.flag_step, name="flag_step"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/", reading.talk_list, name="talk_list"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/<uuid:pk>/", reading.talk_detail, name="talk_detail"),
    path("p/<slug:slug>/alpha/<slug:key>/conversations/<uuid:pk>/scores.csv", reading.talk_scores, name="talk_scores"),
]

_promotions: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/alpha/<slug:key>/promote/", promoting.promotion_list, name="promotion_list"),
    path("p/<slug:slug>/alpha/<slug:key>/promote/<uuid:pk>/", promoting.promotion_review, name="promotion_review"),
    path("p/<slug:slug>/alpha/<slug:key>/promote/<uuid:pk>/drop/", promoting.promotion_drop, name="promotion_drop"),
]

_programmes: list[URLPattern | URLResolver] = [
    path("p/<slug:slug>/alpha/", programmes.programme_list, name="programme_list"),
    path("p/<slug:slug>/alpha/new/", programmes.programme_new, name="programme_new"),
    path("p/<slug:slug>/alpha/<slug:key>/settings/", programmes.programme_settings, name="programme_settings"),
    path("p/<slug:slug>/alpha/<slug:key>/consent/", programmes.programme_consent, name="programme_consent"),
    path("p/<slug:slug>/alpha/<slug:key>/open/", programmes.programme_open, name="programme_open"),
    path("p/<slug:slug>/alpha/<slug:key>/close/", programmes.programme_close, name="programme_close"),
    path("p/<slug:slug>/alpha/<slug:key>/volunteers/", volunteers.programme_volunteers, name="programme_volunteers"),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/resend/",
        volunteers.volunteer_resend,
        name="volunteer_resend",
    ),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/remove/",
        volunteers.volunteer_remove,
        name="volunteer_remove",
    ),
    path(
        "p/<slug:slug>/alpha/<slug:key>/volunteers/<uuid:volunteer>/erase/",
        volunteers.volunteer_erase,
        name="volunteer_erase",
    ),
]

urlpatterns: list[URLPattern | URLResolver] = [*_programmes, *chat, *checks, *_promotions, *_reading]
