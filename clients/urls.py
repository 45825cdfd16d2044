"""Everything under /clients/ but the list and the card, which are composed in ``desk``."""

from __future__ import annotations

from django.urls import path

from clients.views import business, clients, photos, record

urlpatterns = [
    path("letter-photo/<str:token>/", photos.letter_photo, name="letter_photo"),
    path("new/", clients.new, name="create"),
    path("<int:pk>/edit/", clients.change, name="edit"),
    path("<int:pk>/owner/", clients.owner, name="owner"),
    path("<int:pk>/archive/", clients.archive, name="archive"),
    path("<int:pk>/restore/", clients.restore, name="restore"),
    path("<int:pk>/notes/", record.note, name="note"),
    path("<int:pk>/letter/", record.letter, name="letter"),
    path("<int:pk>/files/", record.upload, name="upload"),
    path("files/<int:pk>/", record.download, name="file"),
    path("<int:pk>/contacts/new/", clients.new_contact, name="contact_new"),
    path("contacts/<int:pk>/", clients.edit_contact, name="contact_edit"),
    path("contacts/<int:pk>/archive/", clients.remove_contact, name="contact_archive"),
    path("<int:pk>/contracts/new/", business.new_contract, name="contract_new"),
    path("contracts/<int:pk>/", business.edit_contract, name="contract_edit"),
    path("<int:pk>/orders/new/", business.new_order, name="order_new"),
    path("orders/<int:pk>/", business.edit_order, name="order_edit"),
    path("orders/<int:pk>/refund/", business.refund, name="order_refund"),
    path("products/", business.products, name="products"),
    path("products/new/", business.new_product, name="product_new"),
    path("products/<int:pk>/", business.edit_product, name="product_edit"),
    path("products/<int:pk>/archive/", business.shelve_product, name="product_archive"),
    path("lists/", business.taxonomies, name="taxonomies"),
]
