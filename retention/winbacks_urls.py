from __future__ import annotations

from django.urls import path

from retention.views.winbacks import boards, campaigns, page

app_name = "winbacks"
urlpatterns = [
    path("", boards.segments, name="segments"),
    path("take/", boards.take, name="take"),
    path("board/", boards.board, name="board"),
    path("list/", boards.listing, name="list"),
    path("returns/", boards.came_back, name="returns"),
    path("campaigns/", campaigns.listing, name="campaigns"),
    path("campaigns/new/", campaigns.new, name="campaign_new"),
    path("campaigns/<int:pk>/", campaigns.page, name="campaign"),
    path("campaigns/<int:pk>/fill/", campaigns.fill, name="campaign_fill"),
    path("campaigns/<int:pk>/close/", campaigns.close, name="campaign_close"),
    path("<int:pk>/", page.page, name="page"),
    path("<int:pk>/stage/", boards.stage, name="stage"),
    path("<int:pk>/step/", page.step, name="step"),
    path("<int:pk>/offer/", page.offer, name="offer"),
    path("<int:pk>/win/", page.win, name="win"),
    path("<int:pk>/lose/", page.lose, name="lose"),
    path("<int:pk>/reopen/", page.reopen, name="reopen"),
    path("<int:pk>/pass-on/", page.pass_on, name="pass_on"),
]
