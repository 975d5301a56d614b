module kubernetes-image-puller.invalid/tools/durations

go 1.24
