# SPDX-License-Identifier: MIT
#
# The shipped policies, and requests to try them on.  Installed to $(pkgdatadir)/rules, in the folders that they have here; the
# page that teaches their language goes to $(docdir), and README.md is for the source tree, where the tests lie that it links to.

nobase_dist_pkgdata_DATA = \
    %D%/authzen/gateway.rules \
    %D%/authzen/people.rules \
    %D%/authzen/todo.rules \
    %D%/contentstack/all.rules \
    %D%/contentstack/assets.rules \
    %D%/contentstack/branches.rules \
    %D%/contentstack/bulk-publishing.rules \
    %D%/contentstack/management-tokens.rules \
    %D%/contentstack/releases.rules \
    %D%/contentstack/routes.rules \
    %D%/contentstack/sample-http.jsonl \
    %D%/contentstack/sample-requests.jsonl \
    %D%/contentstack/setup.rules \
    %D%/contentstack/taxonomies.rules \
    %D%/contentstack/tokens.rules \
    %D%/contentstack/webhooks.rules \
    %D%/contentstack/words.rules \
    %D%/contentstack/workflows.rules \
    %D%/github/rest-limits.rules

dist_doc_DATA = %D%/LANGUAGE.md
EXTRA_DIST += %D%/README.md
