#!/bin/sh
# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# Registers the endpoint with Cloud Foundry, orders an instance of nodecellar, and binds an application to it. OSB_URL is where
# Cloud Foundry reaches the endpoint, with a certificate that it trusts; user and password are those of osb-credentials.
# Watch:  cf service cellar                                # create in progress, then create succeeded
#         kubectl get cfyd -n cloudify-services --watch    # the same instance, as the operator sees it
set -eu

cf create-service-broker cloudify "$OSB_USERNAME" "$OSB_PASSWORD" "$OSB_URL"
cf enable-service-access nodecellar
cf create-service nodecellar default cellar -c '{"port": 8080}' --wait
cf bind-service web cellar
