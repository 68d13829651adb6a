using System.Globalization;
using Microsoft.ML.Introspection.Fuzz;
using Microsoft.ML.Introspection.Onnx.Proto;

// Files are mutated and tried: every one must end in a result or in an error that is documented, within 10 s and 2 GiB.
//   fuzz [--count N] [--seconds S] [--seed N] [--kinds model,tree …] [--corpus FOLDER] [--keep FOLDER]
// Kinds: model, tree, array, csv, pipeline, hdf5, keras, architecture, savedmodel, graph, arrow, parquet, packed, jsonl. What was tried is
// drawn from the seed and the number of the file alone. `--only N` tries one file in this process, `--show FILE` prints
// a model, `--steady SECONDS` explains the same thing again and again and tells what memory is held.
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (args is ["--show", var file])
{
    Console.WriteLine(ModelProto.Parser.ParseFrom(File.ReadAllBytes(file)));
    return 0;
}
if (args is ["--steady", var seconds])
{
    SteadyMemory.Run(double.Parse(seconds));
    return 0;
}
var options = Options.Of(args);
return options.Child is { } first ? Child.Run(options, first) : new Campaign(options).Run();
