// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

const operationDrift = "check_drift"

// driftCheck is what an instance's check_drift operation told last.
type driftCheck struct {
	at     string
	result any // nil: no drift
}

// planDrift asks every instance that can tell whether it has drifted.
func planDrift(r *run) error {
	asked := false
	for _, i := range r.chosen() {
		if r.sim.hasOperation(i, operationDrift) {
			asked = true
			r.checkDrift(i)
		}
	}
	if !asked {
		r.then(r.sim.options.OperationDuration, func() error { return nil })
	}
	return nil
}

func (r *run) checkDrift(i *instance) {
	r.operation(i, operationDrift, false)
	r.then(0, func() error {
		i.checked = &driftCheck{at: r.sim.clock.now().UTC().Format("2006-01-02T15:04:05.000000"), result: mapOrNull(r.returned)}
		i.drifted = len(r.returned) > 0
		return nil
	})
}
