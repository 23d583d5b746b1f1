using System.CommandLine;
using IlgpuBnn.Data;
using IlgpuBnn.Devices;
using IlgpuBnn.Samples;
using NextRunsStudy;

const int Start = 20, Batch = 20, Largest = 100, TestRows = 100;

var seeds = new Option<int>("--seeds") { Description = "Draws of the first 20 runs.", DefaultValueFactory = _ => 12, HelpName = "n" };
seeds.AtLeast(1);
var root = new RootCommand("What chosen runs are worth: a land model's table grows from 20 to 100 rows by chance, and by what the model does not know.") { seeds };
root.SetAction(parse =>
{
    Dataset all = Dataset.ReadCsv(
        Path.Combine(AppContext.BaseDirectory, "data", "selm-usmoz.csv"), targets: ["NEE_2010", "TLAI_2010", "GPP_2010"],
        inputs: "nue_tree leafcn slatop_decid frootcn froot_leaf br_mr crit_dayl gdd_crit".Split(' '));
    (Dataset pool, Dataset test) = all.SplitLast(TestRows);
    var study = new Study(pool, test, Start, Batch, Largest);
    Study.Step[][] random = study.Run(byModel: false, parse.GetValue(seeds)), chosen = study.Run(byModel: true, parse.GetValue(seeds));
    Console.WriteLine($"{pool.RowCount} candidates, {test.RowCount} test rows, {parse.GetValue(seeds)} seeds; means over targets and seeds, errors in standard deviations");
    Console.WriteLine("          random                  chosen                  ratio (geometric mean)   squared error removed by the batch");
    Console.WriteLine(" runs   RMSE   CRPS  95 %     RMSE   CRPS  95 %     RMSE   CRPS             expected   random   chosen");
    for (int k = 0; k < study.Sizes.Count; k++)
    {
        double Mean(Study.Step[][] steps, Func<Study.Step, double> of) => steps.Average(own => of(own[k]));
        double Ratio(Func<Study.Step, double> of) => Math.Exp(chosen.Zip(random).Average(own => Math.Log(of(own.First[k]) / of(own.Second[k]))));
        double Removed(Study.Step[][] steps) => 1 - Math.Exp(steps.Average(own => 2 * Math.Log(own[k].Rmse / own[k - 1].Rmse)));
        string batch = k == 0 ? "" : FormattableString.Invariant($"   {chosen.Average(own => own[k - 1].Expected),18:F2}   {Removed(random),6:F2}   {Removed(chosen),6:F2}");
        Console.WriteLine(FormattableString.Invariant(
            $"{study.Sizes[k],5}  {Mean(random, own => own.Rmse),5:F3}  {Mean(random, own => own.Crps),5:F3}  {Mean(random, own => own.Coverage95),4:F2}    {Mean(chosen, own => own.Rmse),5:F3}  {Mean(chosen, own => own.Crps),5:F3}  {Mean(chosen, own => own.Coverage95),4:F2}    {Ratio(own => own.Rmse),5:F2}  {Ratio(own => own.Crps),5:F2}{batch}"));
    }
});
return root.Run(args, exception => exception is DataException or DeviceException or IOException or UnauthorizedAccessException);
