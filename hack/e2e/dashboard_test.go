// SPDX-FileCopyrightText: The cloudify-operator authors
// SPDX-License-Identifier: Apache-2.0

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	. "github.com/onsi/gomega"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"sigs.k8s.io/yaml"

	"github.com/cloudify-operator/cloudify-operator/api/v1alpha1"
	"github.com/cloudify-operator/cloudify-operator/hack/testenv"
)

// panel of the dashboard.
type panel struct {
	Title   string `json:"title"`
	Targets []struct {
		Expr         string `json:"expr"`
		LegendFormat string `json:"legendFormat"`
	} `json:"targets"`
	FieldConfig struct {
		Defaults struct {
			Unit string `json:"unit"`
		} `json:"defaults"`
	} `json:"fieldConfig"`
}

// Every query of the dashboard has an answer, and every rule can be evaluated, at a Prometheus that scraped the operator while a
// service was installed, offered, asked for and removed. CLOUDIFY_DASHBOARD names a file for the answers, to be drawn.
func TestDashboard(t *testing.T) {
	b := startBroker(t)
	pace, picture := 5.0, os.Getenv("CLOUDIFY_DASHBOARD")
	if picture != "" {
		pace = 1 // so that there is something to see
	}
	s := newStoryAtPace(t, b.operator, pace)
	p := startPrometheus(t, b.metrics)
	began := time.Now()
	s.create(s.shop())
	s.Expect(env.Client.Create(t.Context(), testenv.Blueprint(s.Name, "cellar", func(c *v1alpha1.CloudifyBlueprint) {
		c.Spec.ManagerRef = &v1alpha1.ManagerReference{Name: s.Name}
		c.Spec.Offering = &v1alpha1.Offering{}
		c.Spec.AllowedNamespaces = &v1alpha1.AllowedNamespaces{From: v1alpha1.NamespacesFromAll}
	}, testenv.Inline(map[string]string{"blueprint.yaml": read(t, "testdata/shop-blueprint.yaml")})))).To(Succeed())
	t.Cleanup(func() { release([]testenv.Object{testenv.Blueprint(s.Name, "cellar")}) })
	catalog := func() (int, error) {
		a, err := b.ask(http.MethodGet, "catalog", nil)
		return a.Status, err
	}
	asks := func(g Gomega) { // the rate of what nobody asks for is nothing
		status, err := catalog()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(status).To(Equal(http.StatusOK))
	}
	s.Eventually(func(g Gomega) {
		asks(g)
		d, err := s.deployment()
		g.Expect(err).NotTo(HaveOccurred())
		g.Expect(d).To(testenv.BeReady())
	}).Should(Succeed())
	s.deleteAll()

	var whole struct {
		Panels []panel `json:"panels"`
	}
	s.Expect(json.Unmarshal([]byte(read(t, repositoryPath(t, "config", "prometheus", "dashboard.json"))), &whole)).To(Succeed())
	s.Expect(len(whole.Panels)).To(BeNumerically(">", 10))
	for _, panel := range whole.Panels {
		for _, target := range panel.Targets {
			s.Eventually(func() ([]line, error) {
				asks(s)
				return p.during(target.Expr, target.LegendFormat, began)
			}).WithPolling(time.Second).ShouldNot(BeEmpty(), "%s: %s", panel.Title, target.Expr)
		}
	}
	s.Eventually(p.unwell).Should(BeEmpty(), "rules")
	if picture != "" {
		s.Eventually(func(g Gomega) {
			asks(g)
			_, err := s.deployment()
			g.Expect(apierrors.IsNotFound(err)).To(BeTrue())
		}).Should(Succeed())
		s.draw(p, whole.Panels, began, picture)
	}
}

// drawing is a panel with its data; line is a series of it: pairs of a time, in seconds since the beginning, and a value.
type drawing struct {
	Title string `json:"title"`
	Unit  string `json:"unit"`
	Lines []line `json:"series"`
}

type line struct {
	Name   string       `json:"name"`
	Points [][2]float64 `json:"points"`
}

// draw writes what all panels show of the same time.
func (s *story) draw(p *prometheus, panels []panel, began time.Time, path string) {
	s.t.Helper()
	var drawn []drawing
	for _, panel := range panels {
		picture := drawing{Title: panel.Title, Unit: panel.FieldConfig.Defaults.Unit}
		for _, target := range panel.Targets {
			lines, err := p.during(target.Expr, target.LegendFormat, began)
			s.Expect(err).NotTo(HaveOccurred())
			for i := range lines {
				lines[i].Name = strings.NewReplacer(s.Name, "default", s.operator.metrics, "pod").Replace(lines[i].Name)
			}
			picture.Lines = append(picture.Lines, lines...)
		}
		drawn = append(drawn, picture)
	}
	data, err := json.Marshal(drawn)
	s.Expect(err).NotTo(HaveOccurred())
	s.Expect(os.WriteFile(path, data, 0o600)).To(Succeed())
}

// prometheus is one that scrapes an operator and evaluates the rules.
type prometheus struct{ url string }

// startPrometheus has a Prometheus scrape the metrics at an address twice a second until the test ends.
func startPrometheus(t *testing.T, metrics string) *prometheus {
	t.Helper()
	g := NewWithT(t)
	folder, address := t.TempDir(), testenv.FreeAddress(t)
	var rules struct {
		Spec map[string]any `json:"spec"`
	}
	g.Expect(yaml.Unmarshal([]byte(read(t, repositoryPath(t, "config", "prometheus", "rules.yaml"))), &rules)).To(Succeed())
	groups, err := yaml.Marshal(rules.Spec)
	g.Expect(err).NotTo(HaveOccurred())
	g.Expect(os.WriteFile(filepath.Join(folder, "rules.yaml"), groups, 0o600)).To(Succeed())
	config := fmt.Sprintf(`
global: {scrape_interval: 500ms, scrape_timeout: 500ms, evaluation_interval: 1s}
rule_files: [rules.yaml]
scrape_configs: [{job_name: cloudify-operator, static_configs: [{targets: [%q]}]}]
`, metrics)
	g.Expect(os.WriteFile(filepath.Join(folder, "prometheus.yaml"), []byte(config), 0o600)).To(Succeed())
	cmd := exec.Command(repositoryPath(t, "bin", "tools", "prometheus"), "--config.file="+filepath.Join(folder, "prometheus.yaml"),
		"--storage.tsdb.path="+filepath.Join(folder, "data"), "--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	g.Expect(cmd.Start()).To(Succeed(), "make bin/tools/prometheus builds it")
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
	})
	p := &prometheus{url: "http://" + address}
	begin := time.Now()
	g.Eventually(func() ([]line, error) { return p.during("up == 1", "", begin) }).WithTimeout(patience).ShouldNot(BeEmpty())
	return p
}

// ask has the data of a good answer decoded into out.
func (p *prometheus) ask(path string, query url.Values, out any) error {
	answer, err := http.Get(p.url + path + "?" + query.Encode())
	if err != nil {
		return err
	}
	defer func() { _ = answer.Body.Close() }()
	said := struct {
		Error string `json:"error"`
		Data  any    `json:"data"`
	}{Data: out}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", answer.Status, said.Error)
	}
	return nil
}

// during is what a query of the dashboard answers for the time since a moment.
func (p *prometheus) during(query, legend string, since time.Time) ([]line, error) {
	var data struct {
		Result []struct {
			Metric map[string]string `json:"metric"`
			Values [][2]any          `json:"values"`
		} `json:"result"`
	}
	seconds := func(at time.Time) string { return strconv.FormatFloat(float64(at.UnixMilli())/1000, 'f', 3, 64) }
	err := p.ask("/api/v1/query_range", url.Values{
		"query": {strings.ReplaceAll(query, "$__rate_interval", "5s")}, "start": {seconds(since)}, "end": {seconds(time.Now())}, "step": {"0.5"},
	}, &data)
	var lines []line
	for _, series := range data.Result {
		one := line{Name: legend}
		for label, value := range series.Metric {
			one.Name = strings.ReplaceAll(one.Name, "{{"+label+"}}", value)
		}
		for _, point := range series.Values {
			value, err := strconv.ParseFloat(point[1].(string), 64)
			if err == nil && value == value { // what is not a number has no place in a picture
				one.Points = append(one.Points, [2]float64{point[0].(float64) - float64(since.UnixMilli())/1000, value})
			}
		}
		if len(one.Points) > 0 {
			lines = append(lines, one)
		}
	}
	return lines, err
}

// unwell are the rules that could not be evaluated, or have not been yet.
func (p *prometheus) unwell() (names []string, err error) {
	var data struct {
		Groups []struct {
			Rules []struct{ Name, Health, LastError string } `json:"rules"`
		} `json:"groups"`
	}
	if err := p.ask("/api/v1/rules", nil, &data); err != nil {
		return nil, err
	}
	for _, group := range data.Groups {
		for _, rule := range group.Rules {
			if rule.Health != "ok" {
				names = append(names, rule.Name+": "+rule.Health+" "+rule.LastError)
			}
		}
	}
	return names, nil
}
