// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package simulator

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io/fs"
	"os"
	"testing"
	"time"
)

// exceptions are the recorded exchanges that the simulator does not claim to reproduce.
var exceptions = []struct {
	from, to int
	why      string
}{
	{3, 3, "another prefix of the API than v3.1"},
	{5, 7, "the recorded Manager had no monitoring at that time"},
	{62, 71, "users and tenants beside admin and default_tenant"},
	{81, 86, "other prefixes of the API than v3.1"},
	{93, 94, "another prefix of the API than v3.1"},
	{148, 149, "a second tenant"},
	{192, 194, "other prefixes of the API than v3.1"},
	{217, 218, "other prefixes of the API than v3.1"},
	{226, 226, "another prefix of the API than v3.1"},
	{239, 239, "another prefix of the API than v3.1"},
	{401, 403, "other prefixes of the API than v3.1"},
	{429, 431, "other prefixes of the API than v3.1"},
	{474, 474, "execution schedules"},
	{476, 476, "execution schedules"},
	{478, 479, "deployment groups"},
	{481, 482, "sites and filters"},
	{504, 515, "another prefix of the API than v3.1"},
	{529, 536, "users beside admin"},
	{680, 680, "a relationship with a node of two instances that leads to one of them"},
	{694, 694, "every task of an update"},
	{708, 708, "every task of an update"},
	{713, 713, "every task of an update"},
	{578, 579, "a worker that is gone for longer than a request waits"},
}

func leftOut(n int) string {
	for _, e := range exceptions {
		if e.from <= n && n <= e.to {
			return e.why
		}
	}
	return ""
}

// races are exchanges of one moment in which some of the requests looked before any had written: those at the places named. The
// others came after them.
var races = map[int]struct {
	route  string
	looks  []int
	racers []int
}{
	524: {"POST executions", []int{2}, []int{0, 2}},
	525: {"PUT blueprints", []int{2}, []int{0, 1}},
	527: {"DELETE deployments", []int{2, 1}, []int{0, 1}},
	863: {"POST executions", []int{2}, []int{0, 1}},
}

// preparations are what happened before an exchange and was not recorded, and the time that passed.
var preparations = map[int][]func(*replay){
	34:  {someToken},
	88:  {settle},
	95:  {blueprintFrom("tinyv3", "tiny")},
	137: {settle},
	142: {settle},
	154: {blueprintFrom("demov2", "v2demo")},
	156: {settle},
	184: {settle},
	244: {settle},
	245: {settle},
	247: {failOperation("asked to fail on start")},
	251: {pass(2 * time.Second)},
	253: {settle},
	254: {created("slow", "demo", map[string]any{"name": "slow", "delay": 8}, nil)},
	255: {pass(1500 * time.Millisecond)},
	267: {settle, running("2493647d-70f2-4673-9971-d0c1bcec8ff5", "c-cancel", map[string]any{"name": "c-cancel", "delay": 6})},
	272: {running("5425a7d9-7f57-4711-82e0-dd2ec127628c", "c-force-cancel", map[string]any{"name": "c-cancel", "delay": 6})},
	276: {running("6af28ada-6166-4b67-87cb-5ec2b975c38a", "c-kill", map[string]any{"name": "c-cancel", "delay": 6})},
	295: {created("failing", "demo", map[string]any{"name": "failing", "fail_on": "start"}, nil)},
	303: {settle},
	305: {created("failstop", "demo", map[string]any{"name": "failing", "fail_on": "stop"}, nil), install("failstop")},
	328: {previewed},
	389: {settle},
	390: {settle},
	399: {install("d3")},
	401: {created("d4", "demo", map[string]any{"name": "four"}, nil), install("d4")},
	404: {removed("d4"), pages},
	464: {created("prov", "demo", map[string]any{"name": "prov"}, nil), install("prov")},
	472: {settle},
	484: {groupDeployments},
	485: {pass(550 * time.Millisecond)},
	501: {failedUpdate},
	519: {raceUpload},
	522: {pass(time.Millisecond)},
	524: {settle},
	526: {settle},
	528: {settle},
	537: {settle, down(DownBadGateway)},
	539: {down(Up), created("mw2", "demo", map[string]any{"name": "mw"}, nil), workerDown},
	547: {settle},
	548: {pass(1500 * time.Millisecond)},
	551: {settle, blueprintFrom("u1priv", "tiny")},
	555: {settle},
	561: {settle},
	567: {settle},
	571: {settle},
	572: {settle},
	576: {settle},
	580: {func(r *replay) { r.sim.Wipe() }},
}

func pass(d time.Duration) func(*replay) { return func(r *replay) { r.sim.Step(d) } }

func (r *replay) must(err error) {
	r.t.Helper()
	if err != nil {
		r.t.Fatal(err)
	}
}

func created(id, blueprint string, inputs map[string]any, labels map[string][]string) func(*replay) {
	return func(r *replay) { r.must(r.sim.AddDeployment(id, blueprint, inputs, labels)) }
}

func blueprintFrom(id, folder string) func(*replay) {
	return func(r *replay) { r.must(r.sim.AddBlueprint(id, archiveOf(r.t, folder, "zip"), "")) }
}

func install(id string) func(*replay) { return func(r *replay) { r.sim.Install(id) } }

// installed lets an install run to its end, which install spares.
func installed(id string) func(*replay) {
	return func(r *replay) {
		_, err := r.sim.StartExecution(id, "install", nil)
		r.must(err)
		settle(r)
	}
}

func removed(id string) func(*replay) { return func(r *replay) { r.sim.RemoveDeployment(id) } }

func down(mode DownMode) func(*replay) { return func(r *replay) { r.sim.SetDown(mode) } }

// failOperation stands for operation parameters that made a script fail.
func failOperation(message string) func(*replay) {
	return func(r *replay) { r.sim.FailWorkflow("execute_operation", message, 1) }
}

// running creates a deployment and leaves its install, known by a recorded ID, in its first operation.
func running(id, name string, inputs map[string]any) func(*replay) {
	return func(r *replay) {
		created(name, "demo", inputs, nil)(r)
		execution, err := r.sim.StartExecution(name, "install", nil)
		r.must(err)
		r.ids[id] = execution
		r.sim.Step(1500 * time.Millisecond)
	}
}

// someToken is one that was there before.
func someToken(r *replay) {
	r.exchange(post("tokens", map[string]any{"description": "csys-vm"}))
	r.sim.account.tokens.rows[0].used = r.sim.Now()
}

func pages(r *replay) {
	for i, page := range []string{"0", "1", "2", "3", "4"} {
		created("page-"+page, "tiny13", map[string]any{"port": 8000 + i}, map[string][]string{"page": {page}})(r)
	}
}

func failedUpdate(r *replay) {
	created("up", "demo", map[string]any{"name": "up"}, nil)(r)
	r.sim.Install("up")
	r.exchange(post("deployment-updates/up/update/initiate", map[string]any{"inputs": map[string]any{"size": 99}}))
	executions := r.sim.Executions("up")
	r.ids["43b2a395-d25b-4323-8a61-f494f2949186"] = executions[len(executions)-1].ID
	settle(r)
}

// previewed finds an update whose recorded answer was cut.
func previewed(r *replay) {
	updates := r.sim.updates.rows
	last := updates[len(updates)-1]
	r.ids["d2-f0b4d343-b51d-4bf9-a9ac-01f373c0b4e8"] = last.id
	r.ids["1733c366-d524-404d-9761-6355ac58595a"] = last.execution.id
}

// groupDeployments are being created while maintenance begins.
func groupDeployments(r *replay) {
	for _, id := range []string{"g1-3a75b087-32b4-40c4-888d-4b8ea77fd268", "g1-784f4750-9d37-4406-836e-11f4986e41fc"} {
		create := post("deployments/"+id, map[string]any{"blueprint_id": "tiny13"})
		create.Request.Method, create.Request.Query = "PUT", map[string]any{"async_create": "true"}
		r.exchange(create)
	}
}

func raceUpload(r *replay) {
	settle(r)
	upload := post("blueprints/race?async_upload=true", nil)
	upload.Request.Method = "PUT"
	upload.Request.Headers["Content-Type"] = "application/octet-stream"
	upload.Request.Body = &recordedBody{Archive: "demo", Format: "tar.gz"}
	upload.Request.Path, upload.Request.Query = apiRoot+"blueprints/race", map[string]any{"async_upload": "true"}
	r.exchange(upload)
}

// workerDown leaves an install pending: while the worker is away no time passes for executions.
func workerDown(r *replay) {
	created("mw", "demo", map[string]any{"name": "mw", "delay": 4}, nil)(r)
	id, err := r.sim.StartExecution("mw", "install", nil)
	r.must(err)
	r.ids["1f47cfb4-044a-452b-a90d-c907edde69d5"] = id
}

func post(path string, body map[string]any) (e recordedExchange) {
	e.Request.Method, e.Request.Path = "POST", apiRoot+path
	e.Request.Headers = map[string]string{
		"Authorization": "Basic YWRtaW46YWRtaW4=", "Tenant": tenantName, "Content-Type": "application/json",
	}
	e.Request.Body = &recordedBody{JSON: body}
	return e
}

// archiveOf packs a folder of testdata/blueprints below its own name; the folder two holds two.
func archiveOf(t *testing.T, name, format string) []byte {
	t.Helper()
	prefix := name + "/"
	if name == "two" {
		prefix = ""
	}
	files := map[string][]byte{}
	folder := os.DirFS("testdata/blueprints/" + name)
	err := fs.WalkDir(folder, ".", func(path string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			files[prefix+path], err = fs.ReadFile(folder, path)
		}
		return err
	})
	if err != nil || len(files) == 0 {
		t.Fatalf("blueprint %s: %v", name, err)
	}
	var buffer bytes.Buffer
	if format == "zip" {
		archive := zip.NewWriter(&buffer)
		for path, content := range files {
			file, err := archive.Create(path)
			must(err)
			_, err = file.Write(content)
			must(err)
		}
		must(archive.Close())
		return buffer.Bytes()
	}
	compressed := gzip.NewWriter(&buffer)
	archive := tar.NewWriter(compressed)
	for path, content := range files {
		must(archive.WriteHeader(&tar.Header{Name: path, Mode: 0o644, Size: int64(len(content))}))
		_, err := archive.Write(content)
		must(err)
	}
	must(archive.Close())
	must(compressed.Close())
	return buffer.Bytes()
}
