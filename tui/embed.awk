# embed.awk - the lines of a file as C strings, for a const array.
{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\\&")
	printf "\"%s\\n\",\n", $0
}
