// Verifies one chart again and again in one process, by Helm's own library, as `helm pull --verify` does it: so that
// what is compared is the work and not the start of a process. Prints one JSON object.
//
//	helm-library REFERENCE VERSION KEYRING WARMUP COUNT
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"helm.sh/helm/v4/pkg/cli"
	"helm.sh/helm/v4/pkg/downloader"
	"helm.sh/helm/v4/pkg/getter"
	"helm.sh/helm/v4/pkg/registry"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 5 {
		return fmt.Errorf("usage: helm-library REFERENCE VERSION KEYRING WARMUP COUNT")
	}
	warmup, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	count, err := strconv.Atoi(args[4])
	if err != nil {
		return err
	}
	client, err := registry.NewClient(registry.ClientOptPlainHTTP(), registry.ClientOptWriter(io.Discard))
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "chartseal-helm-library-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)

	settings := cli.New()
	verify := func() error {
		d := downloader.ChartDownloader{
			Out:     io.Discard,
			Keyring: args[2],
			Verify:  downloader.VerifyAlways,
			Getters: getter.All(settings),
			Options: []getter.Option{
				getter.WithPlainHTTP(true),
				getter.WithRegistryClient(client),
			},
			RegistryClient: client,
			ContentCache:   folder + "/cache",
		}
		_, _, err := d.DownloadTo(args[0], args[1], folder)
		return err
	}

	for range warmup {
		if err := verify(); err != nil {
			return err
		}
	}
	walls := make([]float64, 0, count)
	before := cpu()
	for range count {
		start := time.Now()
		if err := verify(); err != nil {
			return err
		}
		walls = append(walls, float64(time.Since(start).Microseconds())/1000)
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"wallMs": walls,
		"cpuMs":  float64((cpu()-before).Microseconds()) / 1000 / float64(count),
	})
}

// User and system time of this process.
func cpu() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
