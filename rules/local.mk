# SPDX-License-Identifier: MIT
#
# The shipped policies, and requests to try them on.  Installed to $(pkgdatadir)/rules, in the folders that they have here; the
# page that teaches their language goes to $(docdir).

contentstackdir = $(pkgdatadir)/rules/contentstack
dist_contentstack_DATA = \
    %D%/contentstack/management-tokens.rules \
    %D%/contentstack/sample-requests.jsonl

dist_doc_DATA = %D%/LANGUAGE.md
