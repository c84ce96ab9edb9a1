# SPDX-FileCopyrightText: The cloudify-operator authors
# SPDX-License-Identifier: Apache-2.0

# The second door of make demo: a platform orders through the OSB endpoint what kubectl shows. story.sh sources it.

osb="curl --silent --user platform:platform --header 'X-Broker-API-Version: 2.17'"
instances=$OSB_ENDPOINT/v2/service_instances
order='{"service_id": "nodecellar", "plan_id": "nodecellar-small", "organization_guid": "org", "space_guid": "space", "parameters": {"owner": "wine@example.com"}}'

# ask sends a platform's request, and wants to read something in the answer.
ask() {
	local method=$1 url=$2 body=$3 wanted=$4
	expect "$osb --request $method${body:+ --data '$body'} --write-out '\nHTTP %{http_code}\n' '$url'" "$wanted"
}

# poll asks for the last operation of an instance until it is in a state, and shows what it says meanwhile.
poll() {
	local command="$osb $instances/$1/last_operation" answer='' last=''
	printf '\n$ %s # until it says %s\n' "$command" "$2"
	for _ in {1..240}; do
		answer=$(eval "$command" 2>/dev/null) || answer='(no answer)'
		[[ $answer == "$last" ]] || printf '%s\n' "$answer"
		last=$answer
		[[ $answer == *"\"state\":\"$2\""* ]] && return
		sleep 0.5
	done
	printf '\nThe demo failed: the last operation should become %s\n' "$2" >&2
	exit 1
}

fault() { run "curl --silent --request POST --data '$1' $CLOUDIFY_ENDPOINT/_simulator/fault"; }

chapter "9. The OSB endpoint offers the same blueprint to platforms such as Cloud Foundry."
expect "kubectl get cloudifyblueprint nodecellar --namespace cloudify-operator-system --output jsonpath='{.status.conditions[?(@.type==\"Offered\")].message}{\"\n\"}'" 'nodecellar'
expect "$osb $OSB_ENDPOINT/v2/catalog" '"name":"nodecellar"'

chapter "10. A platform orders an instance. The operator is killed during the install; a new process takes over."
ask PUT "$instances/cellar-1?accepts_incomplete=true" "$order" 'HTTP 202'
run "kubectl wait cloudifydeployment/cellar-1 --namespace cloudify-services --for=jsonpath='{.status.execution.workflow}'=install --timeout=1m"
run "kill -KILL \$(cat '$OPERATOR_PID_FILE')"
poll cellar-1 succeeded
expect "kubectl get cloudifydeployments --namespace cloudify-services" 'cellar-1 +True'
expect "curl --silent $CLOUDIFY_ENDPOINT/_simulator/state | grep --only-matching '\"workflow\":\"install\"' | wc -l" '^3$'

chapter "11. The platform binds the instance and gets credentials. kubectl shows the binding too."
ask PUT "$instances/cellar-1/service_bindings/web" '{"service_id": "nodecellar", "plan_id": "nodecellar-small"}' 'HTTP 201'
expect "kubectl get cloudifybindings --namespace cloudify-services" 'cellar-1'

chapter "12. The Manager is down. The catalog and instances are still served, and new bindings can be created."
fault '{"down": "refused"}'
ask GET "$OSB_ENDPOINT/v2/catalog" '' 'HTTP 200'
ask GET "$instances/cellar-1" '' 'HTTP 200'
ask PUT "$instances/cellar-1/service_bindings/mobile" '{"service_id": "nodecellar", "plan_id": "nodecellar-small"}' 'HTTP 201'
fault '{"up": true}'

chapter "13. An update fails. For a while, repeating the same request returns the same failure; a corrected request is tried at once."
fault '{"failWorkflow": "update", "message": "no quota left in region east", "times": 1}'
ask PATCH "$instances/cellar-1?accepts_incomplete=true" '{"service_id": "nodecellar", "parameters": {"port": 8083}}' 'HTTP 202'
poll cellar-1 failed
ask PATCH "$instances/cellar-1?accepts_incomplete=true" '{"service_id": "nodecellar", "parameters": {"port": 8083}}' 'HTTP 202'
poll cellar-1 failed
ask PATCH "$instances/cellar-1?accepts_incomplete=true" '{"service_id": "nodecellar", "parameters": {"port": 8084}}' 'HTTP 202'
poll cellar-1 succeeded

chapter "14. kubectl deletes an instance that a platform ordered, and the platform is told that it is gone. The platform deprovisions another one."
run "kubectl delete cloudifydeployment cellar-1 --namespace cloudify-services --timeout=2m"
ask DELETE "$instances/cellar-1?service_id=nodecellar&plan_id=nodecellar-small&accepts_incomplete=true" '' 'HTTP 410'
ask PUT "$instances/cellar-2?accepts_incomplete=true" "$order" 'HTTP 202'
poll cellar-2 succeeded
ask DELETE "$instances/cellar-2?service_id=nodecellar&plan_id=nodecellar-small&accepts_incomplete=true" '' 'HTTP 202'
poll cellar-2 succeeded
expect "kubectl get cloudifydeployments --namespace cloudify-services 2>&1" 'No resources found'
