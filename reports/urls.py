"""/reports/"""

from __future__ import annotations

from django.urls import path

from reports import board_views, client_views, file_views, reading_views, standard_views, views
from reports.bonus import views as bonus
from reports.managers import views as managers
from reports.reading_views import FILES, READINGS

app_name = "reports"
urlpatterns = [
    path("kpi/", views.kpi, name="kpi"),
    path("kpi/<slug:metric>/clients/", views.who, name="who"),
    path("cohorts/", views.cohorts, name="cohorts"),
    path("cohorts/clients/", board_views.cell, name="cell"),
    path("department/", board_views.department, name="department"),
    path("department/department.xlsx", file_views.department_xlsx, name="department_xlsx"),
    path("department/department.pdf", file_views.department_pdf, name="department_pdf"),
    path("department/<slug:name>/clients/", board_views.flow, name="flow"),
    *(path(f"{name}/", reading_views.reading, {"name": name}, name=name) for name in READINGS),
    *(
        path(f"{name}/{name}.{kind}", reading_views.reading, {"name": name, "kind": kind}, name=f"{name}_{kind}")
        for name in READINGS
        for kind in FILES
    ),
    path("money/clients/", reading_views.money_clients, name="money_clients"),
    path("money/served/", reading_views.money_served, name="money_served"),
    path("voice/<slug:kind>/clients/", reading_views.group, name="group"),
    path("clients/<int:pk>/", client_views.client, name="client"),
    path("compare/", board_views.compare, name="compare"),
    path("compare/compare.xlsx", file_views.compare_xlsx, name="compare_xlsx"),
    path("compare/compare.pdf", file_views.compare_pdf, name="compare_pdf"),
    path("views/<slug:page>/", board_views.keep_view, name="keep_view"),
    path("views/<int:pk>/remove/", board_views.drop_view, name="drop_view"),
    path("alerts/<int:pk>/seen/", board_views.see_alert, name="see_alert"),
    path("standards/", standard_views.standards_page, {"section": "targets"}, name="targets_entry"),
    path("standards/<slug:section>/", standard_views.standards_page, name="standards"),
    path("standards/<slug:section>/<int:pk>/", standard_views.standard, name="standard"),
    path("standards/<slug:section>/<int:pk>/remove/", standard_views.remove_standard, name="remove_standard"),
    path("bonus/", bonus.month, name="bonus"),
    path("bonus/work-out/", bonus.work_out, name="bonus_work_out"),
    path("bonus/rules/", bonus.rules, name="bonus_rules"),
    path("bonus/of/<str:username>/", bonus.of_manager, name="bonus_of"),
    path("bonus/of/<str:username>/<int:year>/<int:month>/", bonus.statement, name="bonus_statement"),
    path("bonus/of/<str:username>/<int:year>/<int:month>/sign/", bonus.sign, name="bonus_sign"),
    *(
        path(
            f"bonus/of/<str:username>/<int:year>/<int:month>/bonus.{kind}",
            bonus.statement_file,
            {"kind": kind},
            name=f"bonus_{kind}",
        )
        for kind in ("xlsx", "pdf")
    ),
    path("managers/", managers.table, name="managers"),
    path("managers/managers.xlsx", managers.table_file, {"kind": "xlsx"}, name="managers_xlsx"),
    path("managers/managers.pdf", managers.table_file, {"kind": "pdf"}, name="managers_pdf"),
    path("managers/<str:username>/", managers.one, name="manager"),
    path("managers/<str:username>/manager.xlsx", managers.one_file, {"kind": "xlsx"}, name="manager_xlsx"),
    path("managers/<str:username>/manager.pdf", managers.one_file, {"kind": "pdf"}, name="manager_pdf"),
    path("managers/<str:username>/late/", managers.late, name="manager_late"),
    path("managers/<str:username>/outcomes/<slug:outcome>/", managers.leader_cases, name="leader_cases"),
]
